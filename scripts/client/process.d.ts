// Of Node, as much as the program uses.
declare const process: { argv: string[] };
