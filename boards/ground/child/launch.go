package child

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
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

// CheckSocket refuses a setting that names no socket, where empty is none, and names that no
// variable of an environment can have.
func CheckSocket(host string, env map[string]string) error {
	path, ok := strings.CutPrefix(host, SocketPrefix)
	switch {
	case host == "":
	case !ok || !filepath.IsAbs(path):
		return fmt.Errorf("host %.100q: want %s and the whole path of a socket", host, SocketPrefix)
	case len(env) > 0:
		return errors.New("env: of a child behind a socket it is set in its unit")
	}

	for _, name := range slices.Sorted(maps.Keys(env)) {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.Contains(env[name], "\x00") {
			return fmt.Errorf("env.%.32q: no name of a variable", name)
		}
	}

	return nil
}
