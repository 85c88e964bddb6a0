"""Files of banks and processors, each format in its module, all of them hostile until proved otherwise."""
