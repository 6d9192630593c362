// Package config is a kiosk's configuration: what one box knows about itself.
//
// Sources, each over the one before: the defaults (Default), kiosk.toml,
// kiosk.d/*.toml in order of name, the WATTKIOSK_* environment, flags. Reading
// is strict: an unknown key, variable or flag is an error that names it. Check
// reports every problem at once.
//
// Amounts are whole yuan here, because people write them; the methods that end
// in Fen give integer fen. Secrets are of type Secret and never print. The
// package opens nothing that the configuration names: paths, boards, profiles
// and drivers are checked for form only.
package config
