// Named in a configuration, or imported for its effect only: it watches the tests of a file.
export {};
