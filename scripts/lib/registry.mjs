import * as http from 'node:http';

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

/** Answers as an npm registry does: `GET` and `PUT` of /NAME, and `GET` of /NAME/-/TARBALL. */
async function answer(request, published) {
  const [name, tarball] = decodeURIComponent(request.url.slice(1)).split('/-/');
  if (request.method === 'PUT') {
    published.push(await bodyOf(request));
    return { status: 201, body: '{"ok":true}' };
  }
  const document = published.find((each) => each.name === name);
  if (request.method !== 'GET' || document === undefined) {
    return { status: 404, body: '{"error":"not found"}' };
  }
  const { _attachments: attachments, ...packument } = document;
  if (tarball === undefined) {
    return { status: 200, body: JSON.stringify(packument) };
  }
  // A tarball's file name is told with its scope when it is put, and asked for without where a client leaves it out.
  const found = Object.entries(attachments).find(([file]) => file.endsWith(tarball));
  return { status: found === undefined ? 404 : 200, body: Buffer.from(found?.[1].data ?? '', 'base64') };
}

/**
 * An npm registry on this machine alone that keeps what is published to it in memory, until it is closed.
 * `published` holds the documents that were put, in their order.
 */
export async function openRegistry() {
  const published = [];
  const server = http.createServer((request, response) => {
    answer(request, published).then(
      ({ status, body }) => response.writeHead(status).end(body),
      (error) => response.writeHead(400).end(JSON.stringify({ error: String(error) })),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, published, close };
}
