// Named in a configuration: it watches the tests that Mocha runs.
export {};
