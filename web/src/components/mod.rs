//! The parts of the page, one in each file.
