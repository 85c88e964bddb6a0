"""The nouns: values that the rules look at and make. They decide nothing."""
