package servers

import (
	"bytes"
	"encoding/binary"
)

// Codes that a client sends in place of a protocol version (PostgreSQL, "Message Formats").
const (
	cancelRequest = 80877102
	sslRequest    = 80877103
	gssRequest    = 80877104
)

// No startup packet is longer (MAX_STARTUP_PACKET_LENGTH in pqcomm.h); what looks longer is TLS.
const maxStartup = 10000

// A postgresWire follows what a PostgreSQL client says.
type postgresWire struct {
	saw        func(message, string)
	buf        []byte // an unfinished message
	started    bool   // past the startup packet
	opaque     bool
	statements map[string]string // text by name
	portals    map[string]string // text by name
}

func (w *postgresWire) toClient([]byte) {}

func (w *postgresWire) toServer(data []byte) {
	if w.opaque {
		return
	}
	w.buf = append(w.buf, data...)
	rest := w.buf
	for !w.opaque {
		n := w.next(rest)
		if n == 0 {
			break
		}
		rest = rest[n:]
	}
	w.buf = append(w.buf[:0], rest...)
}

// next handles the message at the start of buf and returns its length, 0 if it is unfinished.
func (w *postgresWire) next(buf []byte) int {
	if !w.started {
		return w.startup(buf)
	}
	if len(buf) < 5 {
		return 0
	}
	length := 1 + int(binary.BigEndian.Uint32(buf[1:]))
	if length < 5 {
		w.opaque = true
		return 0
	}
	if len(buf) < length {
		return 0
	}
	w.message(buf[0], buf[5:length])
	return length
}

func (w *postgresWire) startup(buf []byte) int {
	if len(buf) < 8 {
		return 0
	}
	length := int(binary.BigEndian.Uint32(buf))
	if length < 8 || length > maxStartup {
		w.opaque = true
		return 0
	}
	if len(buf) < length {
		return 0
	}
	switch binary.BigEndian.Uint32(buf[4:]) {
	case cancelRequest:
		w.opaque = true
	case sslRequest, gssRequest:
		// Refused, the client goes on in the clear; granted, what follows is too long for a startup packet.
	default:
		w.started = true
	}
	return length
}

func (w *postgresWire) message(kind byte, body []byte) {
	first, rest := cString(body)
	second, _ := cString(rest)
	switch kind {
	case 'Q':
		w.saw(query, first)
	case 'P':
		w.statements[first] = second
		w.saw(prepare, second)
	case 'B':
		w.portals[first] = w.statements[second]
	case 'E':
		w.saw(execute, w.portals[first])
	case 'C':
		w.close(first)
	}
}

// close forgets what a Close message names: S and a statement, or P and a portal.
func (w *postgresWire) close(target string) {
	switch {
	case len(target) > 0 && target[0] == 'S':
		delete(w.statements, target[1:])
	case len(target) > 0 && target[0] == 'P':
		delete(w.portals, target[1:])
	}
}

func cString(b []byte) (s string, rest []byte) {
	before, after, _ := bytes.Cut(b, []byte{0})
	return string(before), after
}
