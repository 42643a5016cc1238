"""The workbench: a case in the browser, with the text files as the truth."""
