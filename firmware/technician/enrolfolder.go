package technician

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"wattkiosk/boards/ground/durable"
	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/config"
	"wattkiosk/uplink/mqttlink"
)

// Files of an enrolment. The token's mark says which token the key beside it was
// made for; it does not say the token.
const (
	keyFile      = "key.pem"
	certFile     = "cert.pem"
	caFile       = "ca.pem"
	policyFile   = "policy.pem"
	siteFile     = "site.toml" // settings of a site, which are read after enrolledFile
	enrolledFile = "enrolled.toml"
	tokenMark    = "token.sha256"
)

var enrolmentFiles = []string{keyFile, certFile, caFile, policyFile, siteFile, enrolledFile, tokenMark}

// enrolFolder is the folder of an enrolment while it is filled. The files gather in
// a folder beside it, each of them durable, and take its place as a whole when the
// last is there: a power cut leaves the old enrolment, or none, or the new one. The
// key is there before the token is spent, and an attempt that was cut is taken up
// with the same key: head office answers the token again to that key alone.
type enrolFolder struct {
	keys  *boardkey.Board // seals the key
	dir   string          // where it will be, without links
	fresh string          // where it is filled
}

func openEnrolFolder(keys *boardkey.Board, out string) (enrolFolder, error) {
	dir, err := filepath.EvalSymlinks(out)
	if errors.Is(err, fs.ErrNotExist) {
		dir, err = out, nil
	}
	if err != nil {
		return enrolFolder{}, err
	}
	dir, err = filepath.Abs(dir)
	return enrolFolder{keys, dir, dir + ".new"}, err
}

// key returns the key for a token: that of an attempt with the same token, or a new
// one, durable in either case.
func (f enrolFolder) key(token string) (*ecdsa.PrivateKey, error) {
	sum := sha256.Sum256([]byte("wattkiosk enrolment mark\x00" + token))
	mark := []byte(hex.EncodeToString(sum[:]))
	if have, err := os.ReadFile(filepath.Join(f.fresh, tokenMark)); err == nil && bytes.Equal(have, mark) {
		if key, err := f.readKey(f.fresh); err == nil {
			return key, nil
		}
	}

	if err := os.RemoveAll(f.fresh); err != nil {
		return nil, err
	}

	key, err := f.unfinishedKey()
	if err != nil {
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return nil, err
		}
	}

	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}

	if err := durable.MakeFolder(f.fresh); err != nil {
		return nil, err
	}

	if err := f.keys.WriteKey(filepath.Join(f.fresh, keyFile), []byte(encodePEM("PRIVATE KEY", der))); err != nil {
		return nil, err
	}

	return key, f.put(tokenMark, string(mark))
}

// unfinishedKey is the key of an enrolment that was cut while the folder itself was
// still being filled, as versions before this one did.
func (f enrolFolder) unfinishedKey() (*ecdsa.PrivateKey, error) {
	if st, err := os.Stat(filepath.Join(f.dir, enrolledFile)); err == nil && st.Size() > 0 {
		return nil, errors.New("it is finished")
	}
	return f.readKey(f.dir)
}

func (f enrolFolder) readKey(dir string) (*ecdsa.PrivateKey, error) {
	path := filepath.Join(dir, keyFile)
	text, err := f.keys.ReadKey(path)
	if err != nil {
		return nil, err
	}

	return mqttlink.ParseKey(path, text)
}

// incarnation is that of the kiosk's enrolment in the folder, nil if there is none
// that can be read.
func (f enrolFolder) incarnation(kiosk string) *uint8 {
	known, err := config.Load([]string{filepath.Join(f.dir, enrolledFile)}, nil, nil)
	if err != nil || known.Kiosk != kiosk {
		return nil
	}
	return &known.Incarnation
}

// put writes one file, durably.
func (f enrolFolder) put(name, content string) error {
	return durable.Replace(filepath.Join(f.fresh, name), []byte(content))
}

// place has the filled folder take its place. What else lies in the old one, such as
// settings of the operator, comes along.
func (f enrolFolder) place() error {
	old, err := os.Stat(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = durable.MoveFolder(f.fresh, f.dir)
	} else if err == nil {
		err = f.exchange(old)
	}
	if err != nil {
		return err
	}
	return durable.Remove(filepath.Join(f.dir, tokenMark))
}

func (f enrolFolder) exchange(old fs.FileInfo) error {
	if err := errors.Join(f.carryOver(), f.giveTo(old), durable.SyncFolder(f.fresh)); err != nil {
		return err
	}
	if err := unix.Renameat2(unix.AT_FDCWD, f.fresh, unix.AT_FDCWD, f.dir, unix.RENAME_EXCHANGE); err != nil {
		return fmt.Errorf("cannot exchange %s and %s: %w", f.fresh, f.dir, err)
	}
	if err := durable.SyncFolder(filepath.Dir(f.dir)); err != nil {
		return err
	}
	return os.RemoveAll(f.fresh) // the old one now; without a mark, or with one that is spent
}

// carryOver copies what the old folder holds beside an enrolment.
func (f enrolFolder) carryOver() error {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}

	for _, e := range entries {
		if slices.Contains(enrolmentFiles, e.Name()) || durable.Unfinished(e.Name()) {
			continue
		}
		content, err := os.ReadFile(filepath.Join(f.dir, e.Name()))
		if err != nil {
			return fmt.Errorf("cannot take along what is there: %w", err)
		}
		if err := f.put(e.Name(), string(content)); err != nil {
			return err
		}
	}

	return nil
}

// giveTo gives the filled folder the owner and the mode of the old one, and its files to the
// group that reads the old one: the kiosk has to read them even if a power cut comes next.
func (f enrolFolder) giveTo(old fs.FileInfo) error {
	mode := old.Mode().Perm()
	entries, err := os.ReadDir(f.fresh)
	if err != nil {
		return err
	}
	give := func(path string, mode fs.FileMode) error { return os.Chmod(path, mode) }
	if st, ok := old.Sys().(*syscall.Stat_t); ok && (int(st.Uid) != os.Geteuid() || int(st.Gid) != os.Getegid()) {
		give = func(path string, mode fs.FileMode) error {
			return errors.Join(os.Chown(path, int(st.Uid), int(st.Gid)), os.Chmod(path, mode))
		}
	}
	for _, e := range entries {
		if err := give(filepath.Join(f.fresh, e.Name()), 0o600|mode&0o040); err != nil {
			return err
		}
	}

	return give(f.fresh, mode)
}
