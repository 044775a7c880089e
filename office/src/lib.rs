//! The back office: its own bundle, so that the till stays small and cannot administer.
//!
//! [`answers`] is what the server's office API says, [`rules`], [`counter`], [`promotions`], [`cards`] and [`audit_filter`] are what it is told and asked, [`amounts`]
//! and [`wording`] are how it is put for people, and `page` draws it. Elements are made by Leptos' builders and never by its `view!` macro: the macro writes unchanging markup
//! through `innerHTML`, which needs a Trusted Types policy; this page has none, so every such sink stays shut.

pub mod amounts;
pub mod answers;
pub mod audit_filter;
pub mod cards;
#[cfg(target_arch = "wasm32")]
pub mod clock;
pub mod counter;
#[cfg(target_arch = "wasm32")]
pub mod page;
pub mod promotions;
pub mod rules;
#[cfg(target_arch = "wasm32")]
pub mod server;
#[cfg(target_arch = "wasm32")]
pub mod shrink;
pub mod wording;
