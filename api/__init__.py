"""HTTP and the command line: who asks, what is let in, how the answer leaves."""
