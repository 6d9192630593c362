package dlt645_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/meter"
	"wattkiosk/hal/meter/dlt645"
	"wattkiosk/hal/meter/dlt645/dlt645sim"
)

var t0 = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// ask runs one request to its outcome in virtual time.
func ask(t *testing.T, d *dlt645.Driver, m *dlt645sim.Meter, c meter.Command) meter.Event {
	t.Helper()
	now := t0
	if err := d.Do(now, c); err != nil {
		t.Fatal(err)
	}
	for range 10_000 {
		rx := m.Advance(now)
		tx, events := d.Advance(now, rx)
		if len(tx) > 0 {
			m.Receive(now, tx)
		}
		if len(events) == 1 {
			d.Advance(now.Add(time.Second), nil)
			return events[0]
		}
		if len(events) > 1 {
			t.Fatalf("events %+v", events)
		}
		now = now.Add(10 * time.Millisecond)
	}
	t.Fatal("no outcome")
	return meter.Event{}
}

func TestReadsEveryItem(t *testing.T) {
	d, m := dlt645.New(), dlt645sim.New("000000000001")
	if e := ask(t, d, m, meter.Command{ID: 7, Op: meter.Find}); e.Kind != meter.Done || e.Address != "000000000001" || e.ID != 7 {
		t.Fatalf("find: %+v", e)
	}
	for _, c := range []struct {
		item meter.Item
		want int64
	}{
		{meter.EnergyTotal, 123456},
		{meter.EnergyT1, 100},
		{meter.EnergyT2, 200},
		{meter.EnergyT3, 300},
		{meter.EnergyT4, 122856},
		{meter.RemainingMoney, 8820},
		{meter.Overdraft, 0},
		{meter.StateWord, 0x4000},
		{meter.PurchaseCount, 17},
		{meter.LastPurchase, 10000},
	} {
		e := ask(t, d, m, meter.Command{ID: 8, Op: meter.Read, Address: "000000000001", Item: c.item})
		if e.Kind != meter.Done || e.Value != c.want || e.Item != c.item || e.ID != 8 {
			t.Errorf("%v: %+v, want %d", c.item, e, c.want)
		}
	}
	e := ask(t, d, m, meter.Command{Op: meter.Read, Address: "000000000001", Item: meter.LastPurchaseAt})
	if want := time.Date(2026, 11, 1, 9, 30, 0, 0, time.UTC); !e.Time.Equal(want) {
		t.Errorf("last purchase at %v", e.Time)
	}
	e = ask(t, d, m, meter.Command{Op: meter.Read, Address: "000000000001", Item: meter.RemainingEnergy})
	if e.Kind != meter.NotDone || !errors.Is(e.Err, meter.ErrNoItem) {
		t.Errorf("an item the meter has not: %+v", e)
	}
}

func TestNegativeValueAndBadDigits(t *testing.T) {
	d, m := dlt645.New(), dlt645sim.New("000000000001")
	m.Values[0x00900200] = []byte{0x34, 0x12, 0x00, 0x80}
	read := meter.Command{Op: meter.Read, Address: "000000000001", Item: meter.RemainingMoney}
	if e := ask(t, d, m, read); e.Value != -1234 {
		t.Errorf("value %d, want -1234", e.Value)
	}
	m.Values[0x00900200] = []byte{0x3A, 0x12, 0x00, 0x00}
	if e := ask(t, d, m, read); e.Kind != meter.NotDone || !errors.Is(e.Err, meter.ErrLine) || e.Value != 0 {
		t.Errorf("digits that are none: %+v", e)
	}
}

func TestFaults(t *testing.T) {
	read := meter.Command{Op: meter.Read, Address: "000000000001", Item: meter.EnergyTotal}
	for _, c := range []struct {
		name     string
		fault    func(*dlt645sim.Meter)
		want     error
		requests int
	}{
		{"silent", func(m *dlt645sim.Meter) { m.Silent = true }, meter.ErrSilent, 3},
		{"silent, with an infrared head that echoes", func(m *dlt645sim.Meter) { m.Silent, m.Echo = true, true }, meter.ErrSilent, 3},
		{"infrared head", func(m *dlt645sim.Meter) { m.Echo = true }, nil, 1},
		{"one reply lost", func(m *dlt645sim.Meter) { m.Lost = 1 }, nil, 2},
		{"refuses", func(m *dlt645sim.Meter) { m.Code = 4 }, meter.ErrRefused, 1},
		{"another meter", func(m *dlt645sim.Meter) { m.Address = "000000000002" }, meter.ErrSilent, 0},
	} {
		m := dlt645sim.New("000000000001")
		c.fault(m)
		e := ask(t, dlt645.New(), m, read)
		if !errors.Is(e.Err, c.want) || (c.want == nil) != (e.Kind == meter.Done) {
			t.Errorf("%s: %+v", c.name, e)
		}
		if m.Requests != c.requests {
			t.Errorf("%s: %d requests, want %d", c.name, m.Requests, c.requests)
		}
	}
}

// TestNoise: on a bad line a read fails or is right; a wrong value needs two
// errors that cancel in the sum, so the rate is low and the seeds are fixed.
func TestNoise(t *testing.T) {
	good, bad := 0, 0
	for seed := range uint64(400) {
		m := dlt645sim.New("000000000001")
		m.Noise, m.PerMille = rand.New(rand.NewPCG(seed, 1)), 20
		e := ask(t, dlt645.New(), m, meter.Command{Op: meter.Read, Address: "000000000001", Item: meter.EnergyTotal})
		switch {
		case e.Kind == meter.NotDone:
			bad++
		case e.Value == 123456:
			good++
		default:
			t.Errorf("seed %d: read %d", seed, e.Value)
		}
	}
	if good < 300 || bad == 0 {
		t.Errorf("%d right, %d failed: the noise is not as meant", good, bad)
	}
}

func TestBounds(t *testing.T) {
	d := dlt645.New()
	for i := range dlt645.QueueLength {
		if err := d.Do(t0, meter.Command{ID: uint32(i), Op: meter.Find}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Do(t0, meter.Command{Op: meter.Find}); !errors.Is(err, hal.ErrBusy) {
		t.Errorf("a full queue: %v", err)
	}
	for _, c := range []meter.Command{{}, {Op: meter.Read, Address: "1"}, {Op: meter.Read, Address: "00000000000A", Item: 1}, {Op: meter.Read, Address: "000000000001", Item: 99}} {
		if err := dlt645.New().Do(t0, c); !errors.Is(err, meter.ErrArgument) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestFrames(t *testing.T) {
	for _, c := range []struct {
		f    dlt645.Frame
		want []byte
	}{
		{dlt645.Frame{Address: "000000000001", Control: 0x11, Data: []byte{0, 0, 1, 0}}, []byte{0x68, 1, 0, 0, 0, 0, 0, 0x68, 0x11, 4, 0x33, 0x33, 0x34, 0x33, 0xB3, 0x16}},
		{dlt645.Frame{Address: dlt645.Broadcast, Control: 0x13}, []byte{0x68, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0x68, 0x13, 0, 0xDF, 0x16}},
		{dlt645.Frame{Address: "000000000001", Control: 0x11, Data: []byte{0, 2, 0x90, 0}}, []byte{0x68, 1, 0, 0, 0, 0, 0, 0x68, 0x11, 4, 0x33, 0x35, 0xC3, 0x33, 0x44, 0x16}},
	} {
		got, err := c.f.Append(nil)
		if err != nil || !bytes.Equal(got, c.want) {
			t.Errorf("% X, %v; want % X", got, err, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{0xFE, 0x68, 1, 0, 0, 0, 0, 0, 0x68, 0x11, 4, 0x33, 0x33, 0x34, 0x33, 0xB3, 0x16})
	f.Add([]byte{0x68, 0x68, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0x68, 0x13, 0, 0xDF, 0x16})
	f.Fuzz(func(t *testing.T, b []byte) {
		fr, used, err := dlt645.Decode(b)
		if used < 0 || used > len(b) {
			t.Fatalf("used %d of %d", used, len(b))
		}
		if err != nil {
			return
		}
		again, err := fr.Append(nil)
		if err != nil || !bytes.HasSuffix(b[:used], again) {
			t.Fatalf("frame % X encodes as % X, %v", b[:used], again, err)
		}
	})
}

func FuzzDriver(f *testing.F) {
	f.Add([]byte{0x68, 1, 0, 0, 0, 0, 0, 0x68, 0x91, 8, 0x33, 0x33, 0x34, 0x33, 0x89, 0x67, 0x45, 0x33, 0x8A, 0x16})
	f.Fuzz(func(t *testing.T, b []byte) {
		d := dlt645.New()
		if err := d.Do(t0, meter.Command{Op: meter.Read, Address: "000000000001", Item: meter.EnergyTotal}); err != nil {
			t.Fatal(err)
		}
		d.Advance(t0, nil)
		_, events := d.Advance(t0.Add(time.Second), b)
		if len(events) > 1 {
			t.Fatalf("%d outcomes of one request", len(events))
		}
	})
}
