package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"

	"wattkiosk/payments/cardsystem/odbc"
)

// Numbers of ODBC that are used here.
const (
	sqlHandleEnv  = 1
	sqlHandleDBC  = 2
	sqlHandleStmt = 3

	sqlAttrODBCVersion  = 200
	sqlODBC3            = 3
	sqlAttrAutocommit   = 102
	sqlAutocommitOff    = 0
	sqlAttrLoginTimeout = 103
	loginSeconds        = 10

	sqlDriverNoPrompt = 0
	sqlNTS            = ^uintptr(2) // -3
	sqlParamInput     = 1
	sqlCChar          = 1
	sqlCBigint        = ^uintptr(24) // -25
	sqlVarchar        = 12
	sqlBigint         = ^uintptr(4) // -5
	sqlCommit         = 0
	sqlRollback       = 1

	sqlSuccess         = 0
	sqlSuccessWithInfo = 1
	sqlNoData          = 100
	sqlNullData        = -1
)

// functions are all that is called of the driver manager, so that a missing one shows at
// the start.
var functions = []string{
	"SQLAllocHandle", "SQLFreeHandle", "SQLSetEnvAttr", "SQLSetConnectAttr", "SQLDriverConnect", "SQLDisconnect", "SQLPrepare", "SQLBindParameter",
	"SQLExecute", "SQLNumResultCols", "SQLDescribeCol", "SQLFetch", "SQLGetData", "SQLMoreResults", "SQLEndTran", "SQLGetDiagRec",
}

// database is a connection in manual commit.
type database struct {
	f        map[string]uintptr
	env, dbc uintptr
}

func openODBC(s odbc.Setup) (*database, error) {
	lib, err := load([]string{s.Library})
	if err != nil {
		return nil, err
	}
	d := &database{f: map[string]uintptr{}}
	for _, name := range functions {
		if d.f[name], err = lib.function(name); err != nil {
			return nil, err
		}
	}

	if d.env, err = d.alloc(sqlHandleEnv, 0); err != nil {
		return nil, err
	}
	if r := d.invoke("SQLSetEnvAttr", d.env, sqlAttrODBCVersion, sqlODBC3, 0); r != sqlSuccess {
		return nil, fmt.Errorf("ODBC 3: %w", d.fault(sqlHandleEnv, d.env))
	}
	if d.dbc, err = d.alloc(sqlHandleDBC, d.env); err != nil {
		return nil, err
	}
	_ = d.invoke("SQLSetConnectAttr", d.dbc, sqlAttrLoginTimeout, loginSeconds, 0) // who waits has a limit of its own
	var m memory
	defer m.release()
	r := d.invoke("SQLDriverConnect", d.dbc, 0, m.text(s.Connect), sqlNTS, 0, 0, 0, sqlDriverNoPrompt)
	if !good(r) {
		return nil, fmt.Errorf("cannot connect: %w", d.fault(sqlHandleDBC, d.dbc))
	}
	if r := d.invoke("SQLSetConnectAttr", d.dbc, sqlAttrAutocommit, sqlAutocommitOff, 0); r != sqlSuccess {
		return nil, fmt.Errorf("no transactions: %w", d.fault(sqlHandleDBC, d.dbc))
	}
	return d, nil
}

// close rolls back whatever is open.
func (d *database) close() {
	d.invoke("SQLEndTran", sqlHandleDBC, d.dbc, sqlRollback)
	d.invoke("SQLDisconnect", d.dbc)
}

// invoke calls a function that returns an SQLRETURN.
func (d *database) invoke(name string, args ...uintptr) int {
	r, _, _ := purego.SyscallN(d.f[name], args...) // errors are in the diagnostics
	return int(int16(r))
}

func good(r int) bool { return r == sqlSuccess || r == sqlSuccessWithInfo }

func (d *database) alloc(kind, from uintptr) (uintptr, error) {
	var m memory
	defer m.release()
	h := new(uintptr)
	m.pin.Pin(h)
	if r := d.invoke("SQLAllocHandle", kind, from, uintptr(unsafe.Pointer(h))); !good(r) {
		return 0, fmt.Errorf("no handle of kind %d", kind)
	}

	return *h, nil
}

// fault is what the driver says of the last failure. It has no text: a driver quotes
// values, and head office's customers with them.
type fault struct {
	state  string
	native int
}

func (f *fault) Error() string { return fmt.Sprintf("SQLSTATE %s, native %d", f.state, f.native) }

func (d *database) fault(kind, handle uintptr) *fault {
	var m memory
	defer m.release()
	state := make([]byte, 6)
	native, nativeAt := m.int32(0)
	_, lengthAt := m.int32(0)
	f := &fault{state: "HY000"}
	if good(d.invoke("SQLGetDiagRec", kind, handle, 1, m.of(state), nativeAt, 0, 0, lengthAt)) {
		f.state, f.native = string(state[:5]), int(*native)
	}

	return f
}

// is reports whether the failure is one of those, each an SQLSTATE or SQLSTATE/native.
func (f *fault) is(those []string) bool {
	return slices.Contains(those, f.state) || slices.Contains(those, f.state+"/"+strconv.Itoa(f.native))
}

// call carries out one operation.
func (d *database) call(c odbc.Call) odbc.Answer {
	change := c.Do != nil
	if change {
		_, err := d.run(*c.Do)
		var f *fault
		switch {
		case errors.As(err, &f) && f.is(c.Duplicate):
			if r := d.end(sqlRollback); !good(r) {
				return failed(c, f)
			}
			change = false
		case err != nil:
			return d.undo(c, err)
		}
	}

	var (
		a   odbc.Answer
		err error
	)
	if a.Read, err = d.run(c.Read); err != nil {
		return d.undo(c, err)
	}
	for _, list := range c.Lists {
		t, err := d.run(list)
		if err != nil {
			return d.undo(c, err)
		}
		a.Lists = append(a.Lists, t)
	}
	return d.commit(change, a)
}

// commit ends the transaction. An error of COMMIT says nothing of what was committed.
func (d *database) commit(change bool, a odbc.Answer) odbc.Answer {
	a.Stage = odbc.Done
	if !change {
		if r := d.end(sqlRollback); !good(r) {
			return failed(odbc.Call{}, d.fault(sqlHandleDBC, d.dbc))
		}
		return a
	}
	if r := d.end(sqlCommit); r != sqlSuccess {
		f := d.fault(sqlHandleDBC, d.dbc)
		return odbc.Answer{Stage: odbc.Open, State: f.state, Native: f.native}
	}

	return a
}

func (d *database) end(how uintptr) int {
	return d.invoke("SQLEndTran", sqlHandleDBC, d.dbc, how)
}

// undo rolls back; where that fails too, the end of the connection does it.
func (d *database) undo(c odbc.Call, err error) odbc.Answer {
	_ = d.end(sqlRollback)
	return failed(c, err)
}

// failed is the answer of a call that was not committed by us.
func failed(c odbc.Call, err error) odbc.Answer {
	stage := odbc.Undone
	if c.Alone {
		stage = odbc.Open
	}
	var f *fault
	if errors.As(err, &f) {
		return odbc.Answer{Stage: stage, State: f.state, Native: f.native}
	}

	return odbc.Answer{Stage: stage, Reason: err.Error()}
}

// run executes a statement and reads the first of its results that has columns.
func (d *database) run(s odbc.Statement) (odbc.Table, error) {
	stmt, err := d.alloc(sqlHandleStmt, d.dbc)
	if err != nil {
		return odbc.Table{}, d.fault(sqlHandleDBC, d.dbc)
	}
	defer d.invoke("SQLFreeHandle", sqlHandleStmt, stmt)

	var m memory // what is bound stays where it is until the statement was executed
	defer m.release()
	if r := d.invoke("SQLPrepare", stmt, m.text(s.SQL), sqlNTS); !good(r) {
		return odbc.Table{}, d.fault(sqlHandleStmt, stmt)
	}
	for i, p := range s.Params {
		if err := d.bind(&m, stmt, i+1, p); err != nil {
			return odbc.Table{}, err
		}
	}
	if r := d.invoke("SQLExecute", stmt); !good(r) && r != sqlNoData {
		return odbc.Table{}, d.fault(sqlHandleStmt, stmt)
	}

	columns, err := d.columns(stmt)
	if err != nil || len(columns) == 0 {
		return odbc.Table{}, err
	}
	return d.fetch(stmt, columns)
}

// bound is a value as ODBC takes it.
type bound struct {
	cType, sqlType uintptr
	at             uintptr
	size           int // in characters
	length         int // in bytes
}

// bind gives a statement one value. Its memory and the cell of its length are m's.
func (d *database) bind(m *memory, stmt uintptr, number int, p odbc.Parameter) error {
	b := bound{cType: sqlCChar, sqlType: sqlVarchar, at: m.text(p.Text), size: max(len(p.Text), 1), length: len(p.Text)}
	if p.Whole {
		n, err := strconv.ParseInt(p.Text, 10, 64)
		if err != nil {
			return errors.New("a whole number that is none")
		}
		at := new(n)
		m.pin.Pin(at)
		b = bound{cType: sqlCBigint, sqlType: sqlBigint, at: uintptr(unsafe.Pointer(at)), size: 20, length: 8}
	}

	length := new(b.length) // an SQLLEN is as wide as an int
	m.pin.Pin(length)
	r := d.invoke("SQLBindParameter", stmt, uintptr(number), sqlParamInput, b.cType, b.sqlType, uintptr(b.size), 0, b.at, uintptr(b.length), uintptr(unsafe.Pointer(length)))
	if !good(r) {
		return d.fault(sqlHandleStmt, stmt)
	}
	return nil
}

// columns are the names of the first result that has any.
func (d *database) columns(stmt uintptr) ([]string, error) {
	for range odbc.MaxColumns { // results of a procedure
		n, err := d.count(stmt)
		if err != nil {
			return nil, err
		}
		if n > odbc.MaxColumns {
			return nil, fmt.Errorf("%d columns, at most %d", n, odbc.MaxColumns)
		}
		if n > 0 {
			return d.names(stmt, n)
		}
		switch r := d.invoke("SQLMoreResults", stmt); {
		case r == sqlNoData:
			return nil, nil
		case !good(r):
			return nil, d.fault(sqlHandleStmt, stmt)
		}
	}

	return nil, errors.New("too many results")
}

func (d *database) count(stmt uintptr) (int, error) {
	var m memory
	defer m.release()
	n, nAt := m.int32(0) // an SQLSMALLINT, which lies in the lower half on every machine of ours
	if r := d.invoke("SQLNumResultCols", stmt, nAt); !good(r) {
		return 0, d.fault(sqlHandleStmt, stmt)
	}

	return int(int16(*n)), nil
}

func (d *database) names(stmt uintptr, n int) ([]string, error) {
	var names []string
	for i := range n {
		var m memory
		name := make([]byte, 129)
		length, lengthAt := m.int32(0)
		cells := make([]byte, 32) // type, size, digits, nullable: not asked for, but always written
		at := m.of(cells)
		r := d.invoke("SQLDescribeCol", stmt, uintptr(i+1), m.of(name), uintptr(len(name)), lengthAt, at, at+8, at+16, at+24)
		m.release()
		if n := int(int16(*length)); !good(r) || n < 0 || n >= len(name) {
			return nil, fmt.Errorf("column %d has no name", i+1)
		}
		names = append(names, strings.ToLower(string(name[:int16(*length)])))
	}

	return names, nil
}

func (d *database) fetch(stmt uintptr, columns []string) (odbc.Table, error) {
	t := odbc.Table{Columns: columns}
	var m memory
	defer m.release()
	room := make([]byte, odbc.MaxValue+1)
	roomAt := m.of(room)
	length := new(int)
	m.pin.Pin(length)

	for {
		switch r := d.invoke("SQLFetch", stmt); {
		case r == sqlNoData:
			return t, nil
		case !good(r):
			return odbc.Table{}, d.fault(sqlHandleStmt, stmt)
		case len(t.Rows) == odbc.MaxRows:
			return odbc.Table{}, fmt.Errorf("more than %d rows", odbc.MaxRows)
		}
		values := make([]*string, len(columns))
		for i := range columns {
			r := d.invoke("SQLGetData", stmt, uintptr(i+1), sqlCChar, roomAt, uintptr(len(room)), uintptr(unsafe.Pointer(length)))
			switch {
			case !good(r):
				return odbc.Table{}, d.fault(sqlHandleStmt, stmt)
			case *length == sqlNullData:
			case *length < 0 || *length > odbc.MaxValue:
				return odbc.Table{}, fmt.Errorf("column %d is longer than %d bytes", i+1, odbc.MaxValue)
			default:
				values[i] = new(string(room[:*length]))
			}
		}
		t.Rows = append(t.Rows, values)
	}
}
