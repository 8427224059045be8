// Answer HTTP requests with predictions. `predictProbaAsync` computes off the event loop, so requests are not held up.
import { createServer } from 'node:http';
import { datasets, MLPClassifier } from 'hebb';

async function main(): Promise<void> {
  const { X, y } = datasets.loadIris();
  const model = new MLPClassifier({ hidden: [16], standardize: true, epochs: 60, seed: 1 });
  await model.fit(X, y);

  const server = createServer(async (request, response) => {
    response.setHeader('content-type', 'application/json');
    try {
      let body = '';
      for await (const chunk of request) body += chunk;
      const probabilities = await model.predictProbaAsync(JSON.parse(body));
      const answers = Array.from({ length: probabilities.rows }, (_, row) => Array.from(probabilities.row(row)));
      response.end(JSON.stringify({ classes: model.classes, probabilities: answers }));
    } catch (error) {
      response.statusCode = 400;
      response.end(JSON.stringify({ error: (error as Error).message }));
    }
  });
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
    const { port } = server.address() as { port: number };
    console.log(`listening on port ${port}; try: curl -d '[[5.1, 3.5, 1.4, 0.2]]' localhost:${port}`);
  });
}

main();
