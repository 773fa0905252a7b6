//! The engine: one loop that folds recorded events into a state, decides what comes next, and acts.

pub mod ports;
