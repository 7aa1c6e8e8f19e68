package servers

import "encoding/binary"

const (
	comQuery       = 0x03
	comStmtPrepare = 0x16
	comStmtExecute = 0x17
	comStmtClose   = 0x19

	clientCompress = 1 << 5
	clientSSL      = 1 << 11
)

// A mysqlWire follows a MySQL conversation: the client's commands, and the server's numbers for prepared statements.
type mysqlWire struct {
	saw        func(message, string)
	client     packets
	server     packets
	opaque     bool
	greeted    bool // the client's first packet is through
	preparing  bool // a COM_STMT_PREPARE has no answer yet
	prepared   string
	statements map[uint32]string // text by number
}

func newMySQLWire(saw func(message, string)) *mysqlWire {
	w := &mysqlWire{saw: saw, statements: make(map[uint32]string)}
	w.client = packets{limit: 1 << 24, handle: w.command}
	w.server = packets{limit: 5, handle: w.answer}
	return w
}

func (w *mysqlWire) toServer(data []byte) {
	if !w.opaque {
		w.client.write(data)
	}
}

func (w *mysqlWire) toClient(data []byte) {
	if !w.opaque {
		w.server.write(data)
	}
}

// command takes the client's packets: its answer to the greeting, whose first bytes are flags, and later each command,
// which is number 0 of its exchange. All others go on with something.
func (w *mysqlWire) command(number byte, payload []byte) {
	if !w.greeted {
		w.greeted = true
		w.opaque = len(payload) < 4 || binary.LittleEndian.Uint32(payload)&(clientCompress|clientSSL) != 0
		return
	}
	if number != 0 || len(payload) == 0 {
		return
	}
	switch payload[0] {
	case comQuery:
		w.saw(query, string(payload[1:]))
	case comStmtPrepare:
		w.preparing, w.prepared = true, string(payload[1:])
		w.saw(prepare, w.prepared)
	case comStmtExecute:
		w.saw(execute, w.statements[statementNumber(payload)])
	case comStmtClose:
		delete(w.statements, statementNumber(payload))
	}
}

// answer takes the first packet after a COM_STMT_PREPARE: 0 and the statement's number, unless it failed.
func (w *mysqlWire) answer(number byte, payload []byte) {
	if !w.preparing || number != 1 {
		return
	}
	w.preparing = false
	if len(payload) == 5 && payload[0] == 0 {
		w.statements[statementNumber(payload)] = w.prepared
	}
}

// statementNumber is the second to fifth byte.
func statementNumber(payload []byte) uint32 {
	if len(payload) < 5 {
		return 0
	}
	return binary.LittleEndian.Uint32(payload[1:])
}

// packets cuts a stream into MySQL's packets: three bytes of length, one of number, the payload.
type packets struct {
	limit   int // how much of a payload handle wants
	handle  func(number byte, payload []byte)
	header  []byte
	payload []byte
	left    int // bytes of the payload still to come
}

func (p *packets) write(data []byte) {
	for len(data) > 0 {
		if len(p.header) < 4 {
			n := min(4-len(p.header), len(data))
			p.header, data = append(p.header, data[:n]...), data[n:]
			if len(p.header) < 4 {
				return
			}
			p.left = int(p.header[0]) | int(p.header[1])<<8 | int(p.header[2])<<16
		}
		n := min(p.left, len(data))
		p.payload = append(p.payload, data[:min(n, p.limit-len(p.payload))]...)
		p.left, data = p.left-n, data[n:]
		if p.left == 0 {
			p.handle(p.header[3], p.payload)
			p.header, p.payload = p.header[:0], p.payload[:0]
		}
	}
}
