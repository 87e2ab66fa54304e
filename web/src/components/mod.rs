//! The parts of the page, one in each file.

pub(crate) mod bar;
pub(crate) mod broken;
mod figure;
mod fit;
pub(crate) mod headline;
pub(crate) mod icon;
mod menu;
pub(crate) mod score;
mod score_paint;
mod sheet;
mod speed;
pub(crate) mod stage;
mod stage_over;
mod stage_paint;
pub(crate) mod tabs;
pub(crate) mod transport;
pub(crate) mod unread;

pub(crate) use figure::Figure;
pub(crate) use icon::{Icon, sign, sign_of};
pub(crate) use menu::Menu;
pub(crate) use score_paint::{Drawn, Easel, Lined, Span, use_easel};
pub(crate) use sheet::Sheet;
