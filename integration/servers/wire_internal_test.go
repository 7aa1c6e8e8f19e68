package servers

import (
	"encoding/binary"
	"slices"
	"testing"
)

type sighting struct {
	message message
	text    string
}

// inPieces feeds a conversation to a fresh wire n bytes at a time and returns what it saw.
func inPieces(p Protocol, n int, conversation []part) (seen []sighting) {
	w := p.wire(func(m message, text string) { seen = append(seen, sighting{m, text}) })
	for _, part := range conversation {
		for piece := range slices.Chunk(part.data, n) {
			if part.direction == ToServer {
				w.toServer(piece)
			} else {
				w.toClient(piece)
			}
		}
	}
	return seen
}

type part struct {
	direction Direction
	data      []byte
}

func testWire(t *testing.T, p Protocol, conversation []part, want []sighting) {
	t.Helper()
	for n := 1; n < 40; n++ {
		if got := inPieces(p, n, conversation); !slices.Equal(got, want) {
			t.Fatalf("%d bytes at a time: got %v, want %v", n, got, want)
		}
	}
}

func startupPacket(code uint32, rest string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(8+len(rest)))
	return append(binary.BigEndian.AppendUint32(b, code), rest...)
}

func typed(kind byte, body string) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(4+len(body))), body...)
}

func TestPostgresWire(t *testing.T) {
	testWire(t, PostgreSQL, []part{
		{ToServer, startupPacket(sslRequest, "")},
		{ToClient, []byte("N")},
		{ToServer, startupPacket(3<<16, "user\x00tester\x00\x00")},
		{ToServer, typed('p', "a password\x00")},
		{ToServer, typed('Q', "select 1\x00")},
		{ToServer, typed('P', "s1\x00select 2\x00\x00\x00")},
		{ToServer, typed('B', "portal\x00s1\x00\x00\x00\x00\x00\x00\x00")},
		{ToServer, typed('E', "portal\x00\x00\x00\x00\x00")},
		{ToServer, typed('d', "Q copied data")},
		{ToServer, typed('C', "Ss1\x00")},
		{ToServer, typed('B', "\x00s1\x00\x00\x00\x00\x00\x00\x00")},
		{ToServer, typed('E', "\x00\x00\x00\x00\x00")},
		{ToServer, typed('X', "")},
	}, []sighting{{query, "select 1"}, {prepare, "select 2"}, {execute, "select 2"}, {execute, ""}})
}

func TestPostgresWireLeavesTLSAlone(t *testing.T) {
	testWire(t, PostgreSQL, []part{
		{ToServer, startupPacket(sslRequest, "")},
		{ToClient, []byte("S")},
		{ToServer, []byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 Q\x00\x00\x00\x0dselect 1\x00")},
	}, nil)
}

func packet(number byte, payload string) []byte {
	n := len(payload)
	return append([]byte{byte(n), byte(n >> 8), byte(n >> 16), number}, payload...)
}

func TestMySQLWire(t *testing.T) {
	testWire(t, MySQL, []part{
		{ToClient, packet(0, "\x0a10.11 greeting")},
		{ToServer, packet(1, "\x00\x00\x00\x00 login")},
		{ToClient, packet(2, "\x00ok")},
		{ToServer, packet(0, "\x03select 1")},
		{ToClient, packet(1, "\x01")},
		{ToServer, packet(0, "\x16select ?")},
		{ToClient, packet(1, "\x00\x07\x00\x00\x00\x01\x00\x01\x00")},
		{ToServer, packet(0, "\x17\x07\x00\x00\x00\x00")},
		{ToServer, packet(0, "\x16select broken")},
		{ToClient, packet(1, "\xff\x07\x00\x00 an error")},
		{ToServer, packet(0, "\x17\x07\x00\x00\x00\x00")},
		{ToServer, packet(0, "\x19\x07\x00\x00\x00")},
		{ToServer, packet(0, "\x17\x07\x00\x00\x00\x00")},
		{ToServer, packet(2, "\x03not a command")},
		{ToServer, packet(2, "")},
		{ToServer, packet(0, "\x01")},
	}, []sighting{
		{query, "select 1"}, {prepare, "select ?"}, {execute, "select ?"}, {prepare, "select broken"},
		{execute, "select ?"}, {execute, ""},
	})
}

func TestMySQLWireLeavesTLSAlone(t *testing.T) {
	testWire(t, MySQL, []part{
		{ToServer, packet(1, "\x00\x08\x00\x00 switch to TLS")},
		{ToServer, packet(0, "\x03select 1")},
	}, nil)
}
