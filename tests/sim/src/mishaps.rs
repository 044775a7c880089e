//! Power cuts, damage, clones, clocks, captive portals, restored servers, revocations.
//!
//! One rule binds them: a mishap takes one of a tablet's two disks, never both at once. Where it does take both (an older
//! image put back), the entries whose only copies it destroyed are excused, and only they.

use barrow_core::{ids::SaleId, sync::Anomaly};

use crate::{
    Broken,
    disks::{BlackBox, Idb},
    oracle::Tamper,
    tablet::Tablet,
    world::{Happening, World},
};

/// What may happen, and how often.
const MISHAPS: [(&str, u64); 20] = [
    ("power cut", 120),
    ("IndexedDB wiped", 60),
    ("IndexedDB and keys wiped", 30),
    ("IndexedDB reverted", 30),
    ("black box gone", 40),
    ("black box torn", 40),
    ("disks imaged", 60),
    ("older image put back", 25),
    ("tablet cloned", 20),
    ("clock jumps", 60),
    ("clock right again", 60),
    ("offline", 120),
    ("captive portal", 60),
    ("small proxy", 60),
    ("server down", 40),
    ("server restored", 50),
    ("server restored from the older backup", 8),
    ("revoked", 25),
    ("reinstated", 50),
    ("bad record", 40),
];

const TEN_YEARS_MS: u64 = 10 * 365 * 86_400_000;

impl World {
    /// Something goes wrong somewhere.
    pub(crate) fn mishap(&mut self) -> Result<(), Broken> {
        let what = MISHAPS[self.dice.weighted(&MISHAPS.map(|(_, weight)| weight))].0;
        let tablet = self.dice.below(self.tablets.len() as u64) as usize;
        if self.happen(what, tablet)? {
            self.oracle.count(what);
            self.note(format_args!("mishap: tablet {tablet}: {what}"));
        }
        Ok(())
    }

    /// False if it could not happen now.
    pub(crate) fn happen(&mut self, what: &str, tablet: usize) -> Result<bool, Broken> {
        let for_a_while = self.now + self.dice.between(5_000, 240_000);
        let tablets = self.tablets.len();
        let device = &mut self.tablets[tablet];
        // A page that has been open since its start has two healthy disks, and only such a tablet is damaged.
        let healthy = device.page.is_some() && !device.retired;
        let till = device.till;
        match what {
            "offline" => device.offline_until = for_a_while,
            "captive portal" => device.portal_until = for_a_while,
            "small proxy" => device.proxy = Some((self.dice.between(300, 5_000) as usize, for_a_while)),
            "clock jumps" => {
                let far = if self.dice.chance(500) { TEN_YEARS_MS } else { 7_200_000 };
                let ms = self.dice.below(far) as i64;
                self.tablets[tablet].clock_offset_ms += if self.dice.chance(500) { ms } else { -ms };
            }
            "clock right again" => device.clock_offset_ms = 0,
            "server down" => self.server_down_until = self.now + self.dice.between(1_000, 60_000),
            "server restored" | "server restored from the older backup" => {
                self.server.restore(what != "server restored");
                self.excuse_vanished();
            }
            "revoked" => {
                self.server.revoked.insert(till);
            }
            "reinstated" => return Ok(self.server.revoked.remove(&till)),
            _ if !healthy => return Ok(false),
            "bad record" => {
                let kinds = [Tamper::Seal, Tamper::Signature, Tamper::Totals];
                let kind = kinds[self.dice.below(3) as usize];
                let device = &mut self.tablets[tablet];
                device.tamper = Some(kind);
                // Offline for a while, so that it stands before others in the queue.
                device.offline_until = for_a_while;
            }
            "power cut" => self.crash(tablet),
            "IndexedDB wiped" => self.lose_idb(tablet, Idb::default()),
            "IndexedDB and keys wiped" => {
                self.lose_idb(tablet, Idb::default());
                self.tablets[tablet].disks.keys = None;
            }
            "IndexedDB reverted" => {
                let Some(image) = device.image.clone() else { return Ok(false) };
                self.lose_idb(tablet, image.idb);
            }
            "black box gone" => {
                device.disks.black_box = BlackBox::default();
                self.crash(tablet);
            }
            "black box torn" => {
                device.disks.black_box.tear_tail();
                self.crash(tablet);
            }
            "disks imaged" => device.image = Some(device.disks.clone()),
            "older image put back" => {
                let Some(image) = device.image.clone() else { return Ok(false) };
                self.crash(tablet);
                let device = &mut self.tablets[tablet];
                if let Some(keys) = &image.keys {
                    self.oracle.explain_branches(keys.till, keys.epoch);
                }
                device.disks = image;
                device.flush();
                device.purchase = self.oracle.new_purchase();
                self.excuse_vanished();
            }
            "tablet cloned" => {
                if tablets > self.options.tills || device.disks.keys.is_none() || device.twin {
                    return Ok(false);
                }
                let mut clone = Tablet::new(till);
                clone.disks = device.disks.clone();
                clone.twin = true;
                clone.clock_offset_ms = device.clock_offset_ms;
                clone.flush();
                device.twin = true;
                if let Some(keys) = &device.disks.keys {
                    self.oracle.explain_branches(keys.till, keys.epoch);
                }
                clone.purchase = self.oracle.new_purchase();
                self.tablets.push(clone);
                let at = self.dice.between(1_000, 20_000);
                self.later(at, Happening::Act(self.tablets.len() - 1));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn lose_idb(&mut self, tablet: usize, left: Idb) {
        self.crash(tablet);
        let device = &mut self.tablets[tablet];
        device.disks.idb = left;
        device.flush();
    }

    /// What is now neither in the server's newest backup nor on any tablet cannot be asked of anybody.
    fn excuse_vanished(&mut self) {
        let was_settled: Vec<bool> = self.oracle.written.iter().map(|entry| entry.settled).collect();
        self.mark_settled();
        let mut gone = Vec::new();
        for (entry, was_settled) in self.oracle.written.iter_mut().zip(was_settled) {
            let SaleId { till, epoch, seq } = entry.id;
            let held = |tablet: &Tablet| tablet.till == till && tablet.disks.holds(epoch, seq, entry.hash);
            // What the lost backup had, tills may have forgotten, or may forget yet by its acknowledgement.
            let promised = was_settled && !entry.settled;
            if promised {
                gone.push(entry.id);
            }
            entry.excused |= promised || (!entry.settled && !self.tablets.iter().any(held));
        }
        for id in gone {
            self.oracle.explain(id.till, id.epoch, &[Anomaly::Gap, Anomaly::Turnover, Anomaly::Late]);
        }
    }
}
