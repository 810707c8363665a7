//! Texts as campaigns compare them. Pure functions.
