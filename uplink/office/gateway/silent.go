package gateway

import (
	"context"
	"errors"

	"wattkiosk/payments/mis"
)

// silent is a Caller without a MIS.
type silent struct{}

var errNoMIS = errors.New("no MIS is configured")

// NoMIS answers every call with "not sent": posts stay ordered, queries fail.
func NoMIS() Caller { return silent{} }

func (silent) Call(_ context.Context, r mis.Request) (mis.Reply, error) {
	reply := mis.Reply{Op: r.Op}
	if r.Op == mis.OpPost {
		reply.Post = mis.PostResult{Outcome: mis.NotDone, Retry: true}
	}
	return reply, errNoMIS
}
