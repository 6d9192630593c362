// Package idiomorph holds the script with which pages take on new HTML in place, so that
// what did not change keeps its element: selection, focus, scroll and open details stay.
// The kiosk's screen and head office's pages, of which neither imports the other, serve
// the same file.
//
// It is npm idiomorph 0.8.0, dist/idiomorph.min.js, unchanged; the licence lies beside it.
package idiomorph

import _ "embed"

// The names that pages serve the files by.
const (
	ScriptName  = "idiomorph.min.js"
	LicenceName = "idiomorph.LICENSE"
)

//go:embed idiomorph.min.js
var script string

//go:embed idiomorph.LICENSE
var licence string

// Script is the file to be served as ScriptName.
func Script() []byte { return []byte(script) }

// Licence is the text that goes with it.
func Licence() []byte { return []byte(licence) }
