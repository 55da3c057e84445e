// Imported for its effect only: it reads the LEAKLINE variables and starts. TypeScript 6 and later want a file to see.
export {};
