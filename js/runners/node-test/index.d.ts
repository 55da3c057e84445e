// Imported for its effect only: it watches the tests of node:test in this process.
export {};
