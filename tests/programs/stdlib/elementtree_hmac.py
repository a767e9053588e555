# The native `ElementTree`, `hmac` and futures.
import asyncio
import copy
import hmac
import pickle
import xml.etree.ElementTree as ET

root = ET.XML("<a x='1'>one<b/>two<!-- note --><c y='2'>three</c>four</a>")
print([e.tag for e in root.iter()], list(root.itertext()), root.attrib, root.find("c").text, root.findtext("b"))
print(ET.tostring(pickle.loads(pickle.dumps(root))), ET.tostring(copy.deepcopy(root)) == ET.tostring(root))
root[0:1] = [ET.Element("d"), ET.Element("e", {"k": "v"}, more="w")]
print(ET.tostring(root), len(root))
for call in (lambda: root.append(1), lambda: root[9], lambda: root.remove(ET.Element("z")), lambda: ET.XML("<a><b></a>")):
    try:
        call()
    except (TypeError, IndexError, ValueError, ET.ParseError) as error:
        print(type(error).__name__, error, getattr(error, "position", None))
parser = ET.XMLPullParser(["start", "end"])
parser.feed("<r><s>text</s></r>")
print([(event, element.tag) for event, element in parser.read_events()])
print(hmac.new(b"key", b"message", "sha256").hexdigest(), hmac.digest(b"k" * 200, b"m", "md5").hex())


async def wait(future):
    try:
        return await future
    except asyncio.CancelledError:
        return "cancelled"


async def main():
    future = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(wait(future), name="waiter")
    await asyncio.sleep(0)
    print(task.get_name(), task.done(), task in asyncio.all_tasks(), task in future._asyncio_awaited_by)
    future.set_result(5)
    print(await task)
    task = asyncio.create_task(wait(asyncio.Event().wait()))
    await asyncio.sleep(0)
    print(task.cancel("why"), task.cancelling(), await task)
    try:
        raise KeyError(3)
    except KeyError:
        try:
            await asyncio.create_task(asyncio.wait_for(asyncio.sleep(9), 0))
        except TimeoutError as error:
            print(type(error).__name__)


asyncio.run(main())
