// Package secure is what every adapter of an acquirer stands on: keys that sign and
// verify and cannot be printed, an HTTP client with bounded waits and sizes, and
// the check of the other end's clock.
//
// Signatures are SHA256withRSA (RSASSA-PKCS1-v1_5 over SHA-256), which all of
// them use. Keys have at least 2048 bits.
package secure
