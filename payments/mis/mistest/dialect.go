package mistest

import (
	"testing"
	"time"

	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/mis/socket"
)

// testDialect speaks every operation through the codec alone, without a line, so
// that what is missing is named and not waited for.
func (s *suite) testDialect(t *testing.T) {
	c, err := socket.NewCodec(s.dialect, socket.Unit{Collecting: "4301", Accounting: "430102"})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 10, 30, 0, 0, time.UTC)
	sim := missim.New(missim.Config{Now: func() time.Time { return now }, Dialect: s.dialect})
	for _, r := range []mis.Request{
		query("1000000001"),
		{Op: mis.OpVerify, Account: "1000000001"},
		post(lost, "1000000001", 12850),
		ask(lost),
		reverse("R"+lost[1:], lost, today),
	} {
		frame, err := c.EncodeRequest(r)
		if err != nil {
			t.Errorf("%s: %v", r.Op, err)
			continue
		}
		if back, err := c.DecodeRequest(frame); err != nil || back != r {
			t.Errorf("%s: read back as %+v, %v", r.Op, back, err)
			continue
		}
		answers := sim.Handle(frame)
		if len(answers) != 1 || answers[0].Close {
			t.Errorf("%s: the simulator does not answer: %v", r.Op, sim.Err())
			continue
		}
		reply, err := c.DecodeReplyTo(r, answers[0].Frame)
		if err != nil || reply.Query.Outcome != mis.Done && reply.Post.Outcome != mis.Done && reply.Reverse.Outcome != mis.Done {
			t.Errorf("%s: %+v, %v", r.Op, reply, err)
		}
	}
}
