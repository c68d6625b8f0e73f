/** The client of this release, to be installed from this API. */
import { Module } from '@nestjs/common';
import { PackagesController } from './packages.controller';

@Module({ controllers: [PackagesController] })
export class PackagesModule {}
