//! A thin typed layer over raw Node-API.
