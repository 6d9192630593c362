// Package ota will own updates: signed bundles, A/B slots, health gates and
// rollback. Nothing of it is built yet; the package exists so that the tree and
// its import rules are whole. It claims no behaviour.
package ota
