package main_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/cardsystem/socket/fixed"
	cardtuxedo "wattkiosk/payments/cardsystem/tuxedo"
	"wattkiosk/payments/fixedfield"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/mis/socket"
	mistuxedo "wattkiosk/payments/mis/tuxedo"
	"wattkiosk/payments/tuxedo"
)

// built are roadhost and the ATMI double, made once.
var built struct {
	once         sync.Once
	dir          string
	host, double string
	err          error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// build makes what the tests need, or fails: a machine without gcc tests nothing here.
func build(t testing.TB) {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "roadhost"); built.err != nil {
			return
		}
		built.host, built.double = filepath.Join(built.dir, "roadhost"), filepath.Join(built.dir, "libatmi.so")
		for _, args := range [][]string{
			{"go", "build", "-o", built.host, "."},
			{"gcc", "-shared", "-fPIC", "-O1", "-o", built.double, "testdata/atmi.c"},
		} {
			cmd := exec.Command(args[0], args[1:]...)
			cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
			if out, err := cmd.CombinedOutput(); err != nil && built.err == nil {
				built.err = fmt.Errorf("%v: %w\n%s", args, err, out)
			}
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
}

// system is a simulated system behind a domain: how it says things, and what it answers.
type system struct {
	frame    fixedfield.Frame
	messages []tuxedo.Message
	rows     int
	ok       string   // the code of success
	numbers  []string // fields that the table has as a long; the others are strings
	handle   func(frame []byte) []answer
	down     func() bool
}

// answer is a frame that goes back when it is due, or the end of the connection.
type answer struct {
	frame []byte
	after time.Duration
	close bool
}

// misSystem is a simulated MIS behind a domain.
func misSystem(sim *missim.Server, d socket.Dialect) system {
	return system{
		frame: d.Frame, messages: mistuxedo.Messages(d), rows: socket.MaxBills, ok: string(d.Codes.Code(mis.SaysOK)),
		numbers: []string{"JFJE", "HJJE", "HJDF", "HJWYJ", "HJYS", "ZDJE", "JEZBS", "DFJE", "WYJJE", "HXJE"},
		handle: func(frame []byte) (all []answer) {
			for _, r := range sim.Handle(frame) {
				all = append(all, answer{r.Frame, r.After, r.Close})
			}
			return all
		},
		down: func() bool { return sim.On(missim.Down) },
	}
}

// cardSystem is a simulated card-meter system behind a domain.
func cardSystem(sim *cardsystemsim.Server, d *fixed.Dialect) system {
	t := d.Table()
	return system{
		frame: t.Frame, messages: cardtuxedo.Messages(t), rows: cardsystem.MaxSales, ok: string(t.Codes.Code(cardsystem.SaysOK)),
		numbers: []string{
			"GDJE", "GDCS", "QBJE", "CRCS", "SYJE", "GDL", "JZJE", "QFJE", "ZXJE", "ZDJE", "BSJE", "DLJE", "DJBS", "SXDL", "DJ", "DZ", "CD", "YXBS", "YXJE", "MXBS",
			"ZLTS", "FHTS", "LC",
			"AMT", "RCVAMT", "PURSEAMT", "BUYTIMES", "LOADEDTIMES", "ENERGY", "OWEAMT", "MINAMT", "MAXAMT", "STEPNUM", "SAVEDNUM", "ROUND", "TOTALNUM", "SALENUM", "TOTALAMT",
		},
		handle: func(frame []byte) (all []answer) {
			for _, r := range sim.Handle(frame) {
				all = append(all, answer{r.Frame, r.After, r.Close})
			}
			return all
		},
		down: func() bool { return sim.On(cardsystemsim.Down) },
	}
}

// domain is a Tuxedo domain whose services are those of a simulated system: what the double
// connects to.
type domain struct {
	system
	t      testing.TB
	ln     net.Listener
	dir    string // the field table, and the fault of the library
	fields map[uint32]string
	ids    map[string]uint32
}

func newDomain(t testing.TB, s system) *domain {
	t.Helper()
	build(t)
	m := &domain{system: s, t: t, dir: t.TempDir(), fields: map[uint32]string{}, ids: map[string]uint32{}}
	m.writeTable()
	var err error
	if m.ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { m.accept(ctx, &all) })
	t.Cleanup(func() { cancel(); _ = m.ln.Close(); all.Wait() })
	return m
}

// writeTable makes the field table: name, number and type of each field.
func (m *domain) writeTable() {
	var text strings.Builder
	for _, msg := range m.messages {
		for _, fields := range [][]fixedfield.Field{msg.Request.Fields, msg.Request.Group, msg.Reply.Fields, msg.Reply.Group} {
			for _, f := range fields {
				name := strings.ToUpper(f.Name)
				if _, there := m.ids[name]; there {
					continue
				}
				number, kind, base := uint32(101+len(m.ids)), "string", uint32(5<<25)
				if slices.Contains(m.numbers, name) {
					kind, base = "long", 1<<25
				}
				m.ids[name], m.fields[base|number] = base|number, f.Name
				fmt.Fprintf(&text, "%s\t%d\t%s\t-\t-\n", name, number, kind)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(m.dir, "wk.fld32"), []byte(text.String()), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

func service(op string) string { return "YX_" + strings.ToUpper(op) }

// settings are the domain's, for a client.
func (m *domain) settings(b tuxedo.Buffer) tuxedo.Settings {
	s := tuxedo.Settings{Kind: "tuxedo", Libraries: []string{built.double}, Buffer: b, Service: map[string]string{}, Env: map[string]string{
		"WSNADDR": "//" + m.ln.Addr().String(), "FLDTBLDIR32": m.dir, "FIELDTBLS32": "wk.fld32", "ATMI_FAULT": filepath.Join(m.dir, "fault"),
	}}
	for _, msg := range m.messages {
		s.Service[msg.Op] = service(msg.Op)
	}
	return s
}

// misbehave sets the one fault that the library makes next.
func (m *domain) misbehave(fault string) {
	m.t.Helper()
	at := filepath.Join(m.dir, "fault")
	if err := os.WriteFile(at+".new", []byte(fault+"\n"), 0o600); err != nil {
		m.t.Fatal(err)
	}
	if err := os.Rename(at+".new", at); err != nil {
		m.t.Fatal(err)
	}
}

func (m *domain) accept(ctx context.Context, all *sync.WaitGroup) {
	for {
		c, err := m.ln.Accept()
		if err != nil {
			return
		}
		all.Go(func() {
			defer context.AfterFunc(ctx, func() { _ = c.Close() })()
			defer func() { _ = c.Close() }()
			for m.serve(ctx, c) {
			}
		})
	}
}

// serve answers one tpcall; false ends the connection.
func (m *domain) serve(ctx context.Context, c net.Conn) bool {
	var size [4]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return false
	}
	b := make([]byte, binary.LittleEndian.Uint32(size[:]))
	if _, err := io.ReadFull(c, b); err != nil || m.down() {
		return false
	}
	call := caller{c, b[:4]}
	name, kind, data := text(b[4:36]), text(b[36:44]), b[44:]
	at := slices.IndexFunc(m.messages, func(msg tuxedo.Message) bool { return service(msg.Op) == name })
	if at < 0 {
		return m.send(call, 6, 0, kind, nil)
	}
	msg := &m.messages[at]
	if kind == string(tuxedo.FML32) {
		data = m.request(msg, data)
	}
	for _, r := range m.handle(data) {
		if backoff.Pause(ctx, r.after) != nil || r.close {
			return false
		}
		if !m.reply(call, msg, kind, r.frame) {
			return false
		}
	}
	return true
}

// caller is who waits for a reply, and the number of the call.
type caller struct {
	net.Conn
	number []byte
}

func (m *domain) reply(c caller, msg *tuxedo.Message, kind string, frame []byte) bool {
	data, errno := frame, 0
	cells, err := m.frame.Cells(msg.Reply, frame)
	switch {
	case err != nil && kind == string(tuxedo.FML32):
		return m.send(c, 10, 0, kind, nil) // a service that cannot write its reply
	case err == nil && cells[0].Value != m.ok:
		errno = 11 // it ends with TPFAIL
	}
	if kind == string(tuxedo.FML32) {
		data = nil
		for _, cell := range cells {
			data = binary.LittleEndian.AppendUint32(data, m.ids[strings.ToUpper(cell.Name)])
			data = binary.LittleEndian.AppendUint32(data, uint32(len(cell.Value)))
			data = append(data, cell.Value...)
		}
	}
	return m.send(c, errno, 7, kind, data)
}

// request makes the system's frame of the fields that came: of the n-th occurrence of one of
// the group, its n-th row. One that cannot be made is nothing.
func (m *domain) request(msg *tuxedo.Message, data []byte) []byte {
	var cells []fixedfield.Cell
	rows := map[string]int{}
	for len(data) >= 8 {
		id, n := binary.LittleEndian.Uint32(data), int(binary.LittleEndian.Uint32(data[4:]))
		cell := fixedfield.Cell{Name: m.fields[id], Value: string(data[8 : 8+n])}
		if slices.ContainsFunc(msg.Request.Group, func(f fixedfield.Field) bool { return f.Name == cell.Name }) {
			rows[cell.Name]++
			cell.Row = rows[cell.Name]
		}
		cells = append(cells, cell)
		data = data[8+n:]
	}
	frame, err := m.frame.Assemble(msg.Request, m.rows, cells)
	if err != nil {
		m.t.Errorf("%s: %v", msg.Op, err)
	}
	return frame
}

func (m *domain) send(c caller, errno, urcode int, kind string, data []byte) bool {
	b := binary.LittleEndian.AppendUint32(nil, uint32(20+len(data)))
	b = append(b, c.number...)
	b = binary.LittleEndian.AppendUint32(b, uint32(errno))
	b = binary.LittleEndian.AppendUint32(b, uint32(urcode))
	b = append(b, append([]byte(kind), make([]byte, 8-len(kind))...)...)
	_, err := c.Write(append(b, data...))
	return err == nil
}

func text(b []byte) string { return string(bytes.TrimRight(b, "\x00")) }

// bills is a client of the domain's MIS, ended with the test.
func (m *domain) bills(t testing.TB, d socket.Dialect, set tuxedo.Settings, timeout time.Duration) *mistuxedo.Client {
	t.Helper()
	c, err := mistuxedo.New(mistuxedo.Config{
		Settings: set, Dialect: d, Unit: socket.Unit{Collecting: "4301", Accounting: "430102"}, Host: built.host, Timeout: timeout, Backoff: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	end(t, c)
	return c
}

// cards is a client of the domain's card-meter system, ended with the test.
func (m *domain) cards(t testing.TB, d *fixed.Dialect, set tuxedo.Settings, timeout time.Duration) *cardtuxedo.Client {
	t.Helper()
	c, err := cardtuxedo.New(cardtuxedo.Config{Settings: set, Dialect: d, Host: built.host, Timeout: timeout, Backoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	end(t, c)
	return c
}

func end(t testing.TB, c io.Closer) {
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}
