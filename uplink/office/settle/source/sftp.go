package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"wattkiosk/payments/reconcile/form"
)

// maxKey is the most that the file of a key may hold.
const maxKey = 64 << 10

// remote is how to reach a folder by SFTP.
type remote struct {
	addr   string
	config ssh.ClientConfig
	limits limits
}

func openSFTP(kind form.Kind, u *url.URL) (Source, error) {
	with, err := settings(u, "key-file", "host-key-file", "pattern")
	if err != nil {
		return nil, err
	}
	if u.User.Username() == "" || with["key-file"] == "" || with["host-key-file"] == "" {
		return nil, errors.New("want sftp://user@host:port/dir?key-file=…&host-key-file=…")
	}
	dir, n, err := place(kind, u, with)
	if err != nil {
		return nil, err
	}
	addr, err := address(u, "22")
	if err != nil {
		return nil, err
	}
	own, err := ownKey(with["key-file"])
	if err != nil {
		return nil, err
	}
	theirs, err := hostKey(with["host-key-file"])
	if err != nil {
		return nil, err
	}

	r := &remote{addr, ssh.ClientConfig{
		User: u.User.Username(), Auth: []ssh.AuthMethod{ssh.PublicKeys(own)},
		HostKeyCallback: ssh.FixedHostKey(theirs), HostKeyAlgorithms: algorithms(theirs.Type()),
	}, usual()}

	return &folder{names: n, dir: dir, at: "sftp://" + addr, dial: r.dial}, nil
}

// algorithms are how a host key of a type may sign.
func algorithms(kind string) []string {
	if kind == ssh.KeyAlgoRSA {
		return []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	}

	return []string{kind}
}

func ownKey(name string) (ssh.Signer, error) {
	b, err := smallFile(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read key: %w", err)
	}
	key, err := ssh.ParsePrivateKey(b)
	if _, locked := errors.AsType[*ssh.PassphraseMissingError](err); locked {
		return nil, fmt.Errorf("cannot read key: %s is locked by a passphrase, which nobody types in at night", name)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read key: %s is no private key", name)
	}

	return key, nil
}

// hostKey reads the other side's public key: the line of a .pub file, or one of
// known_hosts.
func hostKey(name string) (ssh.PublicKey, error) {
	b, err := smallFile(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read host key: %w", err)
	}
	if key, _, _, _, err := ssh.ParseAuthorizedKey(b); err == nil {
		return key, nil
	}
	if _, _, key, _, _, err := ssh.ParseKnownHosts(b); err == nil {
		return key, nil
	}

	return nil, fmt.Errorf("cannot read host key: %s is no public key", name)
}

// smallFile reads a file. Its content is in no error.
func smallFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	b, err := io.ReadAll(io.LimitReader(f, maxKey+1))
	if err == nil && len(b) > maxKey {
		err = fmt.Errorf("%s is larger than %d bytes", name, maxKey)
	}

	return b, err
}

// dial connects and logs in. The connection ends with ctx, or when the other side is
// silent.
func (r *remote) dial(ctx context.Context) (tree, error) {
	w, err := dial(ctx, r.addr, r.limits)
	if err != nil {
		return nil, err
	}
	s := &session{watched: w}
	if err := w.wait(func() error { return s.login(r) }); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", r.addr, err), s.close())
	}

	return s, nil
}

// session is a tree behind SFTP.
type session struct {
	*watched
	ssh   *ssh.Client
	files *sftp.Client
}

func (s *session) login(r *remote) error {
	conf := r.config
	conn, channels, requests, err := ssh.NewClientConn(s.Conn, r.addr, &conf)
	if err != nil {
		return err
	}
	s.ssh = ssh.NewClient(conn, channels, requests)
	s.files, err = sftp.NewClient(s.ssh)

	return err
}

func (s *session) list(ctx context.Context, dir string) (all []fs.FileInfo, err error) {
	err = s.wait(func() (err error) {
		all, err = s.files.ReadDirContext(ctx, dir)

		return err
	})

	return all, err
}

func (s *session) open(name string) (file, error) {
	f := &remoteFile{session: s}
	err := s.wait(func() (err error) {
		f.file, err = s.files.Open(name)

		return err
	})

	return f, err
}

// close ends the session; that the other side has ended it before is no error.
func (s *session) close() error {
	if s.files != nil {
		_ = s.files.Close()
	}
	if s.ssh != nil {
		_ = s.ssh.Close()
	}

	return s.watched.Close()
}

// remoteFile is a file of a session.
type remoteFile struct {
	*session
	file *sftp.File
}

// Read implements io.Reader.
func (f *remoteFile) Read(b []byte) (n int, err error) {
	err = f.wait(func() (err error) {
		n, err = f.file.Read(b)

		return err
	})

	return n, err
}

// Stat says how the file is now.
func (f *remoteFile) Stat() (info fs.FileInfo, err error) {
	err = f.wait(func() (err error) {
		info, err = f.file.Stat()

		return err
	})

	return info, err
}

// Close implements io.Closer.
func (f *remoteFile) Close() error { return f.wait(f.file.Close) }
