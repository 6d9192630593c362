// Package ca is head office's certificate authority. It owns the authority's key,
// the certificates of the broker, of head office's own connection and of kiosks,
// the key that signs offline policies, jobs and rosters, the key that the one-time
// codes of technicians are agreed on with, and the key that opens spares of journals' keys.
//
// Words: the authority is a folder with ca.key (PKCS #8, ECDSA P-256), ca.pem and
// server.pem (certificate and key of the broker). A kiosk's name is 8 digits; it
// is the common name of its certificate, and the broker takes nothing else for its
// identity. Head office is called Office.
//
// It refuses to sign for a kiosk any other name, any key but P-256 and Ed25519,
// and any request that is not exactly one PEM block; extensions that a request
// asks for are not copied. It does not decide who may enrol: that is the caller's,
// with a one-time token, or package identity's. It never replaces a key that exists. Which
// certificates count it does not know: it only signs a list (CRL) of those that do not, for
// brokers that ask for one.
//
// Keys may be sealed under a passphrase, and an Authority can have its key elsewhere
// (package signer): then it checks and asks, and has none.
//
// Files are created with mode 0600 and are durable when a call returns. Two
// processes may open the same folder at the same time, also for the first time:
// the first file to be linked into place counts for both.
package ca
