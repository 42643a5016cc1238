"""A second, independent reading of the model, plain and slow, against which the package is tested."""
