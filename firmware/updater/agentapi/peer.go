package agentapi

import (
	"context"
	"net"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// peerKey is where a connection's context says who is at its other end.
type peerKey struct{}

// peer is the user at the other end, as the kernel says. Known is false where it does
// not.
type peer struct {
	uid   uint32
	known bool
}

// withPeer is http.Server's ConnContext.
func withPeer(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, peerKey{}, peerOf(c))
}

func peerOf(c net.Conn) (p peer) {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return p
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return p
	}
	err = raw.Control(func(fd uintptr) {
		cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
		if err == nil {
			p = peer{cred.Uid, true}
		}
	})
	if err != nil {
		return peer{}
	}
	return p
}

// mayChoose reports whether whoever asks may have something installed from a stick:
// root, the agent's own user, and those that are trusted to have seen a login.
func mayChoose(ctx context.Context, trusted []uint32) bool {
	p, connected := ctx.Value(peerKey{}).(peer)
	if !connected {
		return true // no connection of Serve's: a handler that is called by itself
	}
	return p.known && (p.uid == 0 || p.uid == uint32(os.Geteuid()) || slices.Contains(trusted, p.uid))
}
