//! The administration page and everything else that the phone's web server offers.
