//! Outlooks on the stage of the rules.
