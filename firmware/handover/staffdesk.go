package handover

import (
	"context"
	"sync"
)

// StaffDesk is everything that serves staff: the logins, and the update agent with the
// stick that it found.
type StaffDesk struct {
	*LoginDesk
	*AgentLink
}

// Run works until ctx ends.
func (d StaffDesk) Run(ctx context.Context) {
	var both sync.WaitGroup
	defer both.Wait()
	both.Go(func() { d.LoginDesk.Run(ctx) })
	both.Go(func() { d.AgentLink.Run(ctx) })
}
