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
	"strings"
	"sync"
	"testing"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/mis/socket"
	"wattkiosk/payments/mis/tuxedo"
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

// domain is a Tuxedo domain whose services are those of a simulated MIS: what the double
// connects to.
type domain struct {
	t      testing.TB
	sim    *missim.Server
	codec  *socket.Codec
	ln     net.Listener
	dir    string // the field table, and the fault of the library
	fields map[uint32]string
	ids    map[string]uint32
	codes  map[string]string // of the request, by service
}

// numbers are the fields that the table has as a long; the others are strings.
var numbers = []string{"JFJE", "HJJE", "HJDF", "HJWYJ", "HJYS", "ZDJE", "JEZBS", "DFJE", "WYJJE", "HXJE"}

func newDomain(t testing.TB, sim *missim.Server, d socket.Dialect) *domain {
	t.Helper()
	build(t)
	codec, err := socket.NewCodec(d, socket.Unit{})
	if err != nil {
		t.Fatal(err)
	}
	m := &domain{t: t, sim: sim, codec: codec, dir: t.TempDir(), fields: map[uint32]string{}, ids: map[string]uint32{}, codes: map[string]string{}}
	m.writeTable()
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
	for _, msg := range m.codec.Dialect().Messages {
		m.codes[service(msg.Op)] = msg.Request.Code
		for _, fields := range [][]socket.Field{msg.Request.Fields, msg.Reply.Fields, msg.Reply.Group} {
			for _, f := range fields {
				name := strings.ToUpper(f.Name)
				if _, there := m.ids[name]; there {
					continue
				}
				number, kind, base := uint32(101+len(m.ids)), "string", uint32(5<<25)
				for _, n := range numbers {
					if n == name {
						kind, base = "long", 1<<25
					}
				}
				m.ids[name], m.fields[base|number] = base|number, f.Name
				fmt.Fprintf(&text, "%s\t%d\t%s\t-\t-\n", name, number, kind)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(m.dir, "mis.fld32"), []byte(text.String()), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

func service(op mis.Op) string { return "YX_" + strings.ToUpper(string(op)) }

// settings are the domain's, for a client.
func (m *domain) settings(b tuxedo.Buffer) tuxedo.Settings {
	s := tuxedo.Settings{Kind: "tuxedo", Libraries: []string{built.double}, Buffer: b, Service: map[string]string{}, Env: map[string]string{
		"WSNADDR": "//" + m.ln.Addr().String(), "FLDTBLDIR32": m.dir, "FIELDTBLS32": "mis.fld32", "ATMI_FAULT": filepath.Join(m.dir, "fault"),
	}}
	for _, op := range []mis.Op{mis.OpQuery, mis.OpVerify, mis.OpPost, mis.OpAsk, mis.OpReverse} {
		s.Service[string(op)] = service(op)
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
	if _, err := io.ReadFull(c, b); err != nil || m.sim.On(missim.Down) {
		return false
	}
	name, kind, data := text(b[:32]), text(b[32:40]), b[40:]
	if _, ok := m.codes[name]; !ok {
		return m.send(c, 6, 0, kind, nil)
	}
	if kind == string(tuxedo.FML32) {
		data = m.frame(name, data)
	}
	for _, r := range m.sim.Handle(data) {
		if backoff.Pause(ctx, r.After) != nil || r.Close {
			return false
		}
		if !m.reply(c, kind, r.Frame) {
			return false
		}
	}
	return true
}

func (m *domain) reply(c net.Conn, kind string, frame []byte) bool {
	data, errno := frame, 0
	cells, err := m.codec.Cells(frame)
	switch {
	case err != nil && kind == string(tuxedo.FML32):
		return m.send(c, 10, 0, kind, nil) // a service that cannot write its reply
	case err == nil && cells[0].Value != string(m.codec.Dialect().Codes.Code(mis.SaysOK)):
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

// frame makes the MIS's frame of the fields that came. One that cannot be made is nothing.
func (m *domain) frame(name string, data []byte) []byte {
	var cells []socket.Cell
	for len(data) >= 8 {
		id, n := binary.LittleEndian.Uint32(data), int(binary.LittleEndian.Uint32(data[4:]))
		cells = append(cells, socket.Cell{Name: m.fields[id], Value: string(data[8 : 8+n])})
		data = data[8+n:]
	}
	frame, err := m.codec.Assemble(m.codes[name], cells)
	if err != nil {
		m.t.Errorf("%s: %v", name, err)
	}
	return frame
}

func (m *domain) send(c net.Conn, errno, urcode int, kind string, data []byte) bool {
	b := binary.LittleEndian.AppendUint32(nil, uint32(16+len(data)))
	b = binary.LittleEndian.AppendUint32(b, uint32(errno))
	b = binary.LittleEndian.AppendUint32(b, uint32(urcode))
	b = append(b, append([]byte(kind), make([]byte, 8-len(kind))...)...)
	_, err := c.Write(append(b, data...))
	return err == nil
}

func text(b []byte) string { return string(bytes.TrimRight(b, "\x00")) }

// client is one of the domain's, ended with the test.
func (m *domain) client(t testing.TB, set tuxedo.Settings, timeout time.Duration) *tuxedo.Client {
	t.Helper()
	c, err := tuxedo.New(tuxedo.Config{
		Settings: set, Dialect: m.codec.Dialect(), Unit: socket.Unit{Collecting: "4301", Accounting: "430102"},
		Host: built.host, Timeout: timeout, Backoff: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}
