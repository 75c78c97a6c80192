//! Physical units: inventory, serial lines, exclusive use, and the journal of changes.
//!
//! The one decision: whatever is done to a unit is written down, and is on the disk, before it is done. So a unit can be
//! put back as it was after a failure, after Ctrl-C and after a power cut of the machine that runs the suite.

pub mod changes;
pub mod disk;
pub mod inventory;
pub mod lock;
pub mod secret;
pub mod serial;

pub use changes::{Change, Changes, Clean, Open, Unfinished};
pub use inventory::{Inventory, Power, Unit};
pub use lock::UnitLock;
pub use secret::Secret;
pub use serial::SerialLine;
