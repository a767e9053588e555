"""XML: names are known by their text while prefixes change, places are counted when asked for, text may hold anything."""
import pyexpat
import xml.etree.ElementTree as ET

DOCUMENTS = [
    '<a xmlns="u" xmlns:p="v"><p:b p:x="1" y="&lt;&#65;"/>t<c>\r\nx]]y</c>tail</a>',
    '<p:a xmlns:p="u"><p:a xmlns:p="v"><p:a/></p:a><p:a/></p:a>',
    '<a xmlns="u"><a xmlns=""><a/></a><a/></a>',
    "<a><b></a>",
    '<a b="1" b="2"/>',
    '<é ñ="x\ty">é\ufffd</é>',
    '<a xmlns:p="u" p:x="1" x="2"/>',
    "<a><p:b/></a>",
    "<a>\n\n  <b></a>",
    '<!DOCTYPE a [<!ATTLIST a d CDATA "dv" n NMTOKEN "  p q "><!ENTITY e "<i>x</i>">]><a n=" 1  2 ">&e;z</a>',
]

for document in DOCUMENTS:
    try:
        print([(e.tag, e.attrib, e.text, e.tail) for e in ET.fromstring(document).iter()])
    except ET.ParseError as error:
        print(error, error.code, error.position)
    for size in (7, 1000):
        log = []
        parser = pyexpat.ParserCreate()
        parser.buffer_text = size == 1000

        def place():
            return parser.CurrentLineNumber, parser.CurrentColumnNumber, parser.CurrentByteIndex

        parser.StartElementHandler = lambda tag, attributes: log.append((tag, attributes, place()))
        parser.EndElementHandler = lambda tag: log.append((tag, place()))
        parser.CharacterDataHandler = lambda text: log.append(text)
        try:
            for at in range(0, len(document), size):
                parser.Parse(document[at : at + size])
            parser.Parse("", True)
        except pyexpat.ExpatError as error:
            print(error)
        print([entry for entry in log if size == 1000 or isinstance(entry, tuple)])


class Target:
    def start(self, tag, attributes):
        print("start", tag, attributes)

    def end(self, tag):
        print("end", tag)

    def data(self, text):
        print("data", text)

    def close(self):
        return "closed"


parser = ET.XMLParser(target=Target())
parser.feed('<a xmlns:p="u" p:x="1"><p:b/>text</a>')
print(parser.close())

puller = ET.XMLPullParser(["start", "end", "start-ns", "end-ns", "comment", "pi"])
puller.feed('<a xmlns="u"><!--c--><?pi d?><b>x</b>')
puller.feed("</a>")
print([(kind, node.text if hasattr(node, "text") else node) for kind, node in puller.read_events()])

# A handler of the tree's own may be called by anybody.
parser = ET.XMLParser()
builder = parser.target
builder.start("a", {})
builder.data("one ")
builder.data("two")
print(ET.tostring(builder.end("a"), encoding="us-ascii"))
