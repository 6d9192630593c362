package passwd

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Bounds of passwords, in bytes.
const (
	Min = 12
	Max = 128
)

// Published is the password of the lab's accounts. It is no secret, and lets nobody in
// anywhere else.
const Published = "wattkiosk-demo"

// Cost of a password hash: OWASP's first choice for argon2id.
const (
	hashMemory = 19 << 10 // KiB
	hashTime   = 2
	hashLanes  = 1
	hashKey    = 32
	hashSalt   = 16

	maxMemory = 256 << 10 // KiB, of a hash that was made elsewhere
	maxTime   = 16
)

// Hash is the argon2id hash of a password in its usual encoding
// ($argon2id$v=19$m=…,t=…,p=…$salt$key). The salt is random.
func Hash(password string) (string, error) {
	if len(password) < Min || len(password) > Max {
		return "", ErrLength
	}
	salt := make([]byte, hashSalt)
	_, _ = rand.Read(salt) // never fails
	key := argon2.IDKey([]byte(password), salt, hashTime, hashMemory, hashLanes, hashKey)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashTime, hashLanes,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// Matches reports whether password has this hash. Its time depends on the hash
// only. A hash that cannot be read matches nothing.
func Matches(hash, password string) bool {
	var v, m, t, p int
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return false
	}
	if _, err := fmt.Sscanf(parts[2]+","+parts[3], "v=%d,m=%d,t=%d,p=%d", &v, &m, &t, &p); err != nil {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if errors.Join(err1, err2) != nil || v != argon2.Version || m < 8 || m > maxMemory || t < 1 || t > maxTime || p < 1 || p > 8 ||
		len(salt) < 8 || len(want) < 16 || len(want) > 64 {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, uint32(t), uint32(m), uint8(p), uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}

// Decoy is a hash that no password has: a login of nobody is compared with it, so that it
// takes as long as any other.
func Decoy() (string, error) { return Hash(rand.Text()) }
