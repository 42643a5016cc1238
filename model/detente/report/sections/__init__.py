"""The sections: each module turns a forecast into one frozen spec, or into None where it has nothing to say."""
