package bundle

import "fmt"

// Code says why a bundle was refused; it is stable, for reports.
type Code string

// Codes.
const (
	NotABundle       Code = "not-a-bundle"
	Truncated        Code = "truncated"
	RootsUntrusted   Code = "roots-untrusted"
	KeyringUntrusted Code = "keyring-untrusted"
	KeyringExpired   Code = "keyring-expired"
	KeyringOlder     Code = "keyring-older"
	BadSignature     Code = "signature"
	BadManifest      Code = "manifest"
	Expired          Code = "expired"
	ChunkDamaged     Code = "chunk-damaged"
	WrongSource      Code = "wrong-source"
	NoFleetKey       Code = "fleet-key-missing"
	WrongFleetKey    Code = "fleet-key-wrong"
	Mixed            Code = "mixed"
	WholeDisk        Code = "whole-disk"
)

var sentences = map[Code]string{
	NotABundle:       "this file is no update bundle",
	Truncated:        "the bundle is not complete",
	RootsUntrusted:   "the bundle's new root keys are not signed by the root keys of this board",
	KeyringUntrusted: "the bundle's keys are not signed by a root key of this board",
	KeyringExpired:   "the bundle's keys have expired",
	KeyringOlder:     "the bundle's keys have been replaced by newer ones",
	BadSignature:     "the bundle is not signed by enough valid release keys",
	BadManifest:      "the bundle's description is wrong",
	Expired:          "the bundle has expired",
	ChunkDamaged:     "the bundle's content is damaged",
	WrongSource:      "the bundle does not fit what is installed now",
	NoFleetKey:       "the bundle is encrypted, and this board has no fleet key",
	WrongFleetKey:    "the bundle is encrypted to another fleet",
	Mixed:            "the bundle has a whole disk and something else in it",
	WholeDisk:        "the bundle is the whole disk of a new board, to be flashed; it is no update of a running one",
}

// Error is why a bundle was refused.
type Error struct {
	Code   Code
	Detail string
}

// Error is a sentence for people.
func (e *Error) Error() string {
	switch s := sentences[e.Code]; {
	case s == "": // a code of a package that installs bundles; its detail is a sentence
		return e.Detail
	case e.Detail == "":
		return s
	default:
		return s + ": " + e.Detail
	}
}

func refuse(c Code, format string, args ...any) error {
	return &Error{Code: c, Detail: fmt.Sprintf(format, args...)}
}
