//! From what the worker says to what the drawings are functions of.
