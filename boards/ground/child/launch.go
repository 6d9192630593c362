package child

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// SocketPrefix begins a path that is no program's but that of a socket: whoever serves it
// starts the child.
const SocketPrefix = "unix:"

// Launch starts a child by Start, or by Connect where its path is a socket's. The environment
// and the arguments of the latter are its unit's.
func Launch(c Command) (io.ReadWriteCloser, error) {
	if socket, ok := strings.CutPrefix(c.Path, SocketPrefix); ok {
		return Connect(socket, c.Ended)
	}

	return Start(c)
}

// CheckSocket refuses a setting that names no socket; empty is none.
func CheckSocket(host string, env map[string]string) error {
	path, ok := strings.CutPrefix(host, SocketPrefix)
	switch {
	case host == "":
		return nil
	case !ok || !filepath.IsAbs(path):
		return fmt.Errorf("host %.100q: want %s and the whole path of a socket", host, SocketPrefix)
	case len(env) > 0:
		return errors.New("env: of a child behind a socket it is set in its unit")
	}

	return nil
}
