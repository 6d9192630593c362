// Package credential is what a technician proves at a kiosk: the PIN, and the
// one-time code that head office tells over the telephone. Both ends use it, so that
// they cannot differ.
//
// A PIN is kept as argon2id. It is short, so the hash only slows down who has stolen
// it; a PIN alone opens nothing.
//
// A code answers the challenge that the kiosk's screen shows. Its key is agreed on
// by ECDH (P-256) of the key of the kiosk's certificate with a key of head office's,
// so no secret is sent and each kiosk has another one:
//
//	secret = ECDH(own private key, the other's public key), the x coordinate
//	key    = HKDF-SHA-256(secret, no salt, "wattkiosk staff code v1", 32 bytes)
//	mac    = HMAC-SHA-256(key, kiosk 0x00 staff number 0x00 challenge)
//	code   = first 8 bytes of mac, big-endian, modulo 10^8, as 8 digits
//
// It knows no roster, no clock and no lock-out, and writes nothing down. A kiosk
// whose certificate has an Ed25519 key cannot agree on a key: ErrKey.
package credential
