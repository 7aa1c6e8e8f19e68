package servers_test

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sqldedupe/sqldedupe/integration/servers"
)

func TestProxyLeavesNoGoroutine(t *testing.T) {
	e := startEcho(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	p := servers.NewProxy(t, e.addr, servers.MySQL)
	a, b := dial(t, p.Addr()), dial(t, p.Addr())
	mustExchange(t, a, "hello")
	p.Refuse()
	p.Admit()
	p.Pause()
	p.Delay(servers.ToServer, time.Hour)
	for _, conn := range []net.Conn{a, b} {
		if _, err := io.WriteString(conn, "held back"); err != nil {
			t.Fatal(err)
		}
	}
	p.Close()
	p.Close()
	a.Close()
	b.Close()
	eventually(t, "the echo server sees the end", func() bool { return goleak.Find(goleak.IgnoreCurrent()) == nil })
}

func TestProxyCounts(t *testing.T) {
	t.Parallel()
	_, p := startProxy(t)
	for range 2 {
		a, b := dial(t, p.Addr()), dial(t, p.Addr())
		mustExchange(t, a, "12345")
		mustExchange(t, b, "67890")
		a.Close()
		b.Close()
		eventually(t, "both connections are closed", func() bool { return p.Stats().Open == 0 })
	}
	if got, want := p.Stats(), (servers.Stats{Total: 4, Peak: 2, ToServerBytes: 20, ToClientBytes: 20}); got != want {
		t.Fatalf("got %+v, want %+v", got, want)
	}
}

func TestProxyDelayIsLatency(t *testing.T) {
	t.Parallel()
	_, p := startProxy(t)
	conn := dial(t, p.Addr())
	const d = 300 * time.Millisecond
	p.Delay(servers.ToServer, d)
	start := time.Now()
	for range 10 {
		if _, err := io.WriteString(conn, "part "); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if _, err := io.ReadFull(conn, make([]byte, 50)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < d || took > 10*d {
		t.Fatalf("a burst of ten writes took %v, with a delay of %v", took, d)
	}
	p.Delay(servers.ToServer, 0)
	p.Delay(servers.ToClient, d)
	start = time.Now()
	mustExchange(t, conn, "and back")
	if took := time.Since(start); took < d {
		t.Fatalf("the answer took %v, with a delay of %v", took, d)
	}
}

func TestProxyCutAll(t *testing.T) {
	t.Parallel()
	_, p := startProxy(t)
	conn := dial(t, p.Addr())
	mustExchange(t, conn, "before")
	p.CutAll()
	if n := p.Stats().Open; n != 0 {
		t.Fatalf("%d open connections", n)
	}
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("the client saw %v", err)
	}
	mustExchange(t, dial(t, p.Addr()), "new connection")
}

func TestProxyRefuses(t *testing.T) {
	t.Parallel()
	_, p := startProxy(t)
	conn := dial(t, p.Addr())
	mustExchange(t, conn, "before")
	p.Refuse()
	if _, err := net.Dial("tcp", p.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("the client saw %v", err)
	}
	mustExchange(t, conn, "the open one")
	p.Admit()
	mustExchange(t, dial(t, p.Addr()), "after")
}

func TestProxyPauses(t *testing.T) {
	t.Parallel()
	_, p := startProxy(t)
	conn := dial(t, p.Addr())
	mustExchange(t, conn, "before")
	p.Pause()
	if err := conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if got, err := exchange(conn, "held"); err == nil {
		t.Fatalf("got %q through a paused proxy", got)
	}
	p.Resume()
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4)
	if _, err := io.ReadFull(conn, buf); err != nil || string(buf) != "held" {
		t.Fatalf("got %q, %v", buf, err)
	}
}

func TestProxyWithoutServerCutsClients(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	p := servers.NewProxy(t, l.Addr().String(), servers.Opaque)
	conn, err := net.Dial("tcp", p.Addr())
	if err != nil {
		return // The reset was faster than the return of Dial.
	}
	defer conn.Close()
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Fatal("no error")
	}
}
