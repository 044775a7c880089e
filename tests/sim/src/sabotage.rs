//! Bugs to put in on purpose: a checker that never failed proves nothing.

/// One bug. Each stands for a mistake that another product made (see the failures list) or that this design invites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// The server acknowledges some entries and does not store them.
    ServerDropsAcknowledged,
    /// The server counts a sale again when its record comes again.
    ServerCountsTwice,
    /// On a fork, the server lets the later entry win.
    ServerOverwritesForks,
    /// The server raises no alerts.
    ServerRaisesNoAlerts,
    /// The server refuses a whole batch for one bad record.
    ServerBlocksOnBadRecord,
    /// The server's total of a sale is a cent off.
    ServerMiscounts,
    /// The server changes a stored entry.
    ServerAltersEntries,
    /// The server, restored, does not raise its epoch.
    ServerForgetsItsEpoch,
    /// The till takes any 200 for an acknowledgement.
    TillTrustsPlain200,
    /// The till does not check an acknowledgement's signature.
    TillTrustsAnySignature,
    /// The till takes the last acknowledgement that arrives for the newest.
    TillTakesStaleAcks,
    /// The till forgets what is acknowledged, though no backup has it yet.
    TillPurgesBeforeSafe,
    /// The till shows "paid" before both disks have it.
    TillShowsPaidTooSoon,
    /// The till stops trying after a few failures.
    TillGivesUp,
    /// The till tries again at once, whatever the answer.
    TillNeverPauses,
    /// The till does not look at the black box when it starts.
    TillIgnoresBlackBox,
    /// The black box keeps only what is sealed to the server: after a loss the till cannot read its own entries again.
    BlackBoxWithoutRows,
    /// The black box keeps no head when it is rotated: after a loss the till gives numbers out again.
    BlackBoxWithoutBase,
    /// A copy of a till takes the other tablet's acknowledgement for its own.
    TillIgnoresForks,
}

impl Sabotage {
    /// Every one, for tests.
    pub const ALL: [Sabotage; 19] = [
        Sabotage::ServerDropsAcknowledged,
        Sabotage::ServerCountsTwice,
        Sabotage::ServerOverwritesForks,
        Sabotage::ServerRaisesNoAlerts,
        Sabotage::ServerBlocksOnBadRecord,
        Sabotage::ServerMiscounts,
        Sabotage::ServerAltersEntries,
        Sabotage::ServerForgetsItsEpoch,
        Sabotage::TillTrustsPlain200,
        Sabotage::TillTrustsAnySignature,
        Sabotage::TillTakesStaleAcks,
        Sabotage::TillPurgesBeforeSafe,
        Sabotage::TillShowsPaidTooSoon,
        Sabotage::TillGivesUp,
        Sabotage::TillNeverPauses,
        Sabotage::TillIgnoresBlackBox,
        Sabotage::BlackBoxWithoutRows,
        Sabotage::BlackBoxWithoutBase,
        Sabotage::TillIgnoresForks,
    ];
}
