import { use } from '@gradus/backend';
import { interruptSignal, runProgram, toUser } from 'command-line';
import { parseOptions } from './options.ts';
import { report } from './report.ts';
import { predict, train } from './train.ts';

await runProgram(async () => {
  const options = parseOptions(process.argv.slice(2));
  const started = performance.now();
  await use(options.backend);
  const { model, test, epochs, losses, interrupted } = await train(options, interruptSignal());
  const checkpoint = toUser(options.checkpoint);
  if (interrupted) {
    console.log(`\nstopped; go on with: npm start -- --resume ${checkpoint}`);
    return 130;
  }
  console.log(`\n${await report(test, await predict(model, test), losses, epochs)}`);
  console.log(`after ${((performance.now() - started) / 1000).toFixed(1)} s\ncheckpoint ${checkpoint}`);
  return 0;
});
